// An echo peer on the package `ws`: node ws_peer.js [--defaults] server | client URL AGENT.
// Its default limits are large enough but for one: 16384 fragments in a message. Without --defaults there is none.
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

const isTuned = process.argv[2] !== '--defaults';
const [role, url, agent] = process.argv.slice(isTuned ? 2 : 3);
const limits = isTuned ? { maxFragments: 0, maxBufferedChunks: 0 } : {};

function echo(socket) {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('error', () => {}); // the case's business
}

function serve() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, ...limits });
  server.on('connection', echo);
  server.on('listening', () => console.log(`listening on ws://127.0.0.1:${server.address().port}`));
}

// Opens a connection, and is done when it is closed; `use` gets the socket.
function visit(path, use) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url + path, limits);
    use(socket);
    socket.on('error', () => {});
    socket.on('close', resolve);
  });
}

async function runCases() {
  let count = 0;
  await visit('/getCaseCount', (socket) => socket.on('message', (text) => { count = Number(text); }));
  for (let number = 1; number <= count; number += 1) {
    await visit(`/runCase?case=${number}&agent=${agent}`, echo);
  }
  await visit(`/updateReports?agent=${agent}`, () => {});
}

if (role === 'server') {
  serve();
} else {
  runCases();
}
