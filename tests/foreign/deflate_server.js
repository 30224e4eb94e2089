// The package `ws` as a server of permessage-deflate: node deflate_server.js OPTIONS, an array in JSON of what
// `perMessageDeflate` may be: the path /N takes the N-th. What comes goes back; the text "report" is answered
// with { params, wireIn } in JSON.
'use strict';

const http = require('node:http');
const { WebSocketServer } = require('ws');

const servers = JSON.parse(process.argv[2]).map((perMessageDeflate) => new WebSocketServer({
  noServer: true, perMessageDeflate, maxPayload: 64 * 2 ** 20,
}));
const server = http.createServer();
server.on('upgrade', (request, socket, head) => {
  servers[Number(request.url.slice(1))].handleUpgrade(request, socket, head, (opened) => {
    opened.on('message', (data, binary) => {
      if (!binary && String(data) === 'report') {
        const params = opened._extensions['permessage-deflate']?.params ?? null;
        opened.send(JSON.stringify({ params, wireIn: socket.bytesRead }));
      } else {
        opened.send(data, { binary });
      }
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ws://127.0.0.1:${server.address().port}`));
