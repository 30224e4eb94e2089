// The package `ws` against the echo server: node node_client.js ECHO_URL CLOSE_URL
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const WebSocket = require('ws');
require('./browser_api_cases.js');

const [echoUrl, closeUrl] = process.argv.slice(2);
const codes = [1000, 1001, 3000, 4999];
for (const [name, run] of Object.entries(globalThis.websocketCases(WebSocket, echoUrl, closeUrl, codes))) {
  test(name, run);
}

// What the browser's API cannot say.

const open = () => new Promise((done, fail) => {
  const socket = new WebSocket(echoUrl, { perMessageDeflate: false });
  socket.once('open', () => done(socket)).once('error', fail);
});
const next = (emitter, event) => new Promise((done, fail) => {
  emitter.once(event, (...values) => done(values)).once('error', fail);
});
const close = async (socket) => {
  const ended = next(socket, 'close');
  socket.close(1000);
  assert.strictEqual((await ended)[0], 1000);
};

test('fragments come back as one message', async () => {
  const socket = await open();
  const received = next(socket, 'message');
  socket.send('be', { fin: false });
  socket.ping('between');
  const pong = next(socket, 'pong');
  socket.send('', { fin: false });
  socket.send('hind', { fin: true });
  assert.strictEqual(String((await pong)[0]), 'between');
  const [data, isBinary] = await received;
  assert.strictEqual(isBinary, false);
  assert.strictEqual(String(data), 'behind');
  await close(socket);
});

test('pings of every size are answered', async () => {
  const socket = await open();
  for (const payload of ['', 'x', 'p'.repeat(125)]) {
    const pong = next(socket, 'pong');
    socket.ping(payload);
    assert.strictEqual(String((await pong)[0]), payload);
  }
  await close(socket);
});
