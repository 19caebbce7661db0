// Opens chats (second argument: how many) with the ledger at the first argument on one connection, prints "open" when each has been answered
// once, and when all have ended what they ended with. With $PORT it serves lines from the moment when all are open, and answers each with that.
const net = require("net");
const { grpc, Ledger, options } = require("./ledger");

const client = new Ledger(process.argv[2], grpc.credentials.createInsecure(), options);
const count = Number(process.argv[3]);
const ends = new Map();
let open = 0;
let ended = 0;
let report;
const reported = new Promise((resolve) => (report = resolve));
reported.then(console.log);

function opened() {
  console.log("open");
  if (process.env.PORT) {
    net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => reported.then((text) => socket.write(text + "\n")));
    }).listen(Number(process.env.PORT), "127.0.0.1");
  }
}

for (let i = 0; i < count; i++) {
  const chat = client.chat();
  chat.once("data", () => ++open === count && opened());
  chat.on("error", (error) => {
    ends.set(error.code, (ends.get(error.code) ?? 0) + 1);
    if (++ended === count) report([...ends].map(([code, times]) => `${times} with ${code}`).join(", "));
  });
  chat.write({ number: i });
}
