// A line server: every path is asked for on one HTTP/2 connection to $UPSTREAM; answers with "status body", or with "reset code". Argument: port.
const http2 = require("http2");
const net = require("net");
const readline = require("readline");

let session;
net.createServer((socket) => {
  socket.on("error", () => {});
  readline.createInterface({ input: socket }).on("line", (path) => {
    session ??= http2.connect(process.env.UPSTREAM);
    let status = "", body = "";
    const stream = session.request({ ":path": path });
    stream.on("response", (fields) => (status = fields[":status"]));
    stream.on("data", (data) => (body += data));
    stream.on("error", () => {});
    stream.on("close", () => socket.write(stream.rstCode ? `reset ${stream.rstCode}\n` : `${status} ${body}\n`));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
