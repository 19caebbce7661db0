// Opens chats (second argument: how many) with the ledger at the first argument on one connection, prints "open" when each has been answered
// once, and when all have ended what they ended with.
const { grpc, Ledger, options } = require("./ledger");

const client = new Ledger(process.argv[2], grpc.credentials.createInsecure(), options);
const count = Number(process.argv[3]);
const ends = new Map();
let open = 0;
let ended = 0;
for (let i = 0; i < count; i++) {
  const chat = client.chat();
  chat.once("data", () => ++open === count && console.log("open"));
  chat.on("error", (error) => {
    ends.set(error.code, (ends.get(error.code) ?? 0) + 1);
    if (++ended === count) {
      console.log([...ends].map(([code, times]) => `${times} with ${code}`).join(", "));
      process.exit(0);
    }
  });
  chat.write({ number: i });
}
