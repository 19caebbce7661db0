// An HTTP server of server-sent events: sends the first, and the second only once the line server on the other port was told to. Arguments: both ports.
const http = require("http");
const net = require("net");

const open = new Set();
http.createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: first\n\n");
  open.add(response);
}).listen(Number(process.argv[2]), "127.0.0.1");
net.createServer((socket) => socket.on("data", () => {
  for (const response of open) response.end("data: second\n\n");
  open.clear();
  socket.end("sent\n");
})).listen(Number(process.argv[3]), "127.0.0.1");
