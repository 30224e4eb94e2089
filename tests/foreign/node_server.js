// The package `ws` as a server: node node_server.js [CERTIFICATE KEY]. It prints where it listens.
//   /echo          what comes goes back
//   /close/CODE    closes at once, with the reason "as asked"
//   /fragments     one text message and one binary one, each in three frames with pings between them
//   /head          the request's head as JSON: { url, headers }
//   /ping          pings with "are you there", and sends what the pong has
//   /refused       403 with a body
//   /redirect      302 to /echo
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { WebSocketServer } = require('ws');

const [certificate, key] = process.argv.slice(2);
const server = certificate
  ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
  : http.createServer();
const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 64 * 2 ** 20,
  handleProtocols: (offered) => (offered.has('second') ? 'second' : false),
});

const answers = {
  echo: (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  close: (socket, request) => socket.close(Number(request.url.split('/')[2]), 'as asked'),
  head: (socket, request) => socket.send(JSON.stringify({ url: request.url, headers: request.headers })),
  fragments: (socket) => {
    for (const binary of [false, true]) {
      socket.send('be', { fin: false, binary });
      socket.ping('1');
      socket.send('', { fin: false });
      socket.ping('2');
      socket.send('hind', { fin: true });
    }
  },
  ping: (socket) => {
    socket.on('pong', (data) => socket.send(String(data)));
    socket.ping('are you there');
  },
};

server.on('upgrade', (request, socket, head) => {
  const name = request.url.split(/[/?]/)[1];
  if (name === 'refused') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nnot for you!\r\n');
  } else if (name === 'redirect') {
    socket.end('HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n');
  } else {
    sockets.handleUpgrade(request, socket, head, (opened) => answers[name](opened, request));
  }
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  console.log(certificate ? `listening on wss://127.0.0.1:${port}` : `listening on ws://127.0.0.1:${port}`);
});
