// A WebSocket server that sends every message back as it came, and closes with the code that it is closed with.
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true }, () => console.log(`port ${server.address().port}`));
server.on('connection', (socket, request) => {
  console.log(request.url);
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
