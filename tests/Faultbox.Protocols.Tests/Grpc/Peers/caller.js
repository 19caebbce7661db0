// A line server on $PORT: every line is posted to the ledger at $LEDGER; answers with the code, and with the text of the reply or the details.
// With $LEDGER_TLS it speaks TLS and verifies the ledger by $FAULTBOX_CA_FILE.
const fs = require("fs");
const net = require("net");
const readline = require("readline");
const { grpc, Ledger, options } = require("./ledger");

const credentials = process.env.LEDGER_TLS
  ? grpc.credentials.createSsl(fs.readFileSync(process.env.FAULTBOX_CA_FILE))
  : grpc.credentials.createInsecure();
const client = new Ledger(process.env.LEDGER, credentials, options);
net.createServer((socket) => {
  socket.on("error", () => {});
  readline.createInterface({ input: socket }).on("line", (text) =>
    client.post({ text }, (error, reply) => socket.write(`${error?.code ?? 0} ${error?.details ?? reply.text}\n`)));
}).listen(Number(process.env.PORT), "127.0.0.1");
