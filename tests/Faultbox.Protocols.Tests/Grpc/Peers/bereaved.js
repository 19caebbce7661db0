// Opens calls to the ledger at the first argument, kills its process (second argument) when each has had something of its answer, and prints
// how they end.
const { grpc, Ledger, options } = require("./ledger");

const client = new Ledger("127.0.0.1:" + process.argv[2], grpc.credentials.createInsecure(), { ...options, "grpc.enable_retries": 0 });
const calls = 4;
let begun = 0;
let ended = 0;
const begins = () => {
  if (++begun === calls) process.kill(Number(process.argv[3]), "SIGKILL");
};
const ends = (name, error) => {
  console.log(`${name}: ${error.code} ${error.details}`);
  if (++ended === calls) process.exit(0);
};

for (let i = 0; i < calls; i++) {
  if (i % 2 === 0) {
    const chat = client.chat();
    chat.once("data", begins);
    chat.on("error", (error) => ends("chat", error));
    chat.write({ number: i });
  } else {
    client.post({ text: "slow" }, (error) => ends("post", error)).once("metadata", begins);
  }
}
