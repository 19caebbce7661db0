// A line server on $PORT: every line is posted to the ledger at $LEDGER; answers with the code, and with the text of the reply or the details.
const net = require("net");
const readline = require("readline");
const { grpc, Ledger, options } = require("./ledger");

const client = new Ledger(process.env.LEDGER, grpc.credentials.createInsecure(), options);
net.createServer((socket) => {
  socket.on("error", () => {});
  readline.createInterface({ input: socket }).on("line", (text) =>
    client.post({ text }, (error, reply) => socket.write(`${error?.code ?? 0} ${error?.details ?? reply.text}\n`)));
}).listen(Number(process.env.PORT), "127.0.0.1");
