// The package `ws` as a client of permessage-deflate: node deflate_client.js, with the cases on standard input:
// [{ url, options, large }]. `options` are those of `perMessageDeflate`. It prints, as JSON, what each came to:
// { extensions, params, sent, wireIn, wireOut } with numbers of octets, or { error }.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const WebSocket = require('ws');
const messages = require('./deflate_messages.js');

const patience = 60_000;

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`${what} is late`)), patience); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const next = (emitter, event) => within(new Promise((done, fail) => {
  emitter.once(event, (...values) => done(values)).once('error', fail);
}), event);

// In one frame, or in three with a ping between them.
const send = (socket, message, number) => {
  const binary = Buffer.isBuffer(message);
  if (number % 3 !== 0) {
    socket.send(message, { binary, compress: number % 5 !== 4 });
    return;
  }
  const whole = Buffer.from(message);
  const third = Math.floor(whole.length / 3);
  socket.send(whole.subarray(0, third), { binary, fin: false });
  socket.ping(`in ${number}`);
  socket.send(whole.subarray(third, 2 * third), { binary, fin: false });
  socket.send(whole.subarray(2 * third), { binary, fin: true });
};

const run = async ({ url, options, large }) => {
  const socket = new WebSocket(url, { perMessageDeflate: options, maxPayload: 0 });
  await next(socket, 'open');
  const wire = socket._socket;
  const headIn = wire.bytesRead;
  const headOut = wire.bytesWritten;
  const list = messages(large);
  let pongs = 0;
  let received = 0;
  socket.on('pong', () => { ++pongs; });
  const all = new Promise((done, fail) => {
    socket.on('error', fail);
    socket.on('close', (code) => fail(new Error(`closed with ${code} after ${received} of ${list.length} messages`)));
    socket.on('message', (data, isBinary) => {
      const expected = list[received];
      try {
        assert.strictEqual(isBinary, Buffer.isBuffer(expected), `kind of message ${received}`);
        assert.ok(data.equals(Buffer.from(expected)), `message ${received} differs`);
      } catch (error) {
        fail(error);
      }
      if (++received === list.length) done();
    });
  });
  list.forEach((message, number) => send(socket, message, number));
  await within(all, 'the last echo');
  assert.ok(pongs > 0, 'no pong came');
  const result = {
    extensions: socket.extensions,
    params: socket._extensions['permessage-deflate']?.params ?? null,
    sent: list.reduce((sum, message) => sum + Buffer.byteLength(message), 0),
    wireIn: wire.bytesRead - headIn,
    wireOut: wire.bytesWritten - headOut,
  };
  socket.removeAllListeners('close');
  const closed = next(socket, 'close');
  socket.close(1000);
  assert.strictEqual((await closed)[0], 1000);
  return result;
};

(async () => {
  const results = [];
  for (const one of JSON.parse(fs.readFileSync(0))) {
    results.push(await run(one).catch((error) => ({ error: String(error.stack) })));
  }
  console.log(JSON.stringify(results));
})();
