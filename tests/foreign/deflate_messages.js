// Messages of many sizes and kinds, each a string (text) or a Buffer (binary).
'use strict';

const crypto = require('node:crypto');

const sizes = [0, 1, 125, 126, 1000, 65535, 65536];

const json = (size) => {
  let text = '';
  for (let number = 0; text.length < size; ++number) {
    text += `{"id":${number},"name":"sensor-${number % 17}","ok":true,"value":${(number * 7919) % 1000}},`;
  }
  return text.slice(0, size);
};

const kinds = {
  json,
  zeros: (size) => Buffer.alloc(size),
  random: (size) => crypto.randomBytes(size),
  utf8: (size) => 'ß€😀日本語'.repeat(Math.ceil(size / 18)),
};

module.exports = (isLarge) => Object.values(kinds).flatMap(
  (make) => (isLarge ? [...sizes, 2 ** 20] : sizes).map(make));
