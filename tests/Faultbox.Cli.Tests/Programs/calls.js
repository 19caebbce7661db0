// A gRPC server on the HTTP/2 of Node.js alone: every call gets three replies and status 0. Argument: port.
const http2 = require("http2");

const reply = (number) => Buffer.from([0, 0, 0, 0, 2, 0x18, number]);
const server = http2.createServer();
server.on("stream", (stream) => {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "x-end": "yes" }));
  for (let number = 1; number <= 3; number++) stream.write(reply(number));
  stream.end();
});
server.listen(Number(process.argv[2]), "127.0.0.1");
