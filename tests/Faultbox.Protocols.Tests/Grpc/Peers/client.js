// Talks to the ledger in every call shape and prints what a caller can observe, one JSON value a line.
// usage: node client.js PORT [CASE ...]
const crypto = require("crypto");
const { grpc, Ledger, options } = require("./ledger");

const [port, ...cases] = process.argv.slice(2);
const client = new Ledger("127.0.0.1:" + port, grpc.credentials.createInsecure(), options);

const shown = (metadata) =>
  Object.fromEntries(Object.entries(metadata?.toJSON() ?? {}).filter(([name]) => name !== "date").map(([n, v]) => [n, v.map(String)]));
const digest = (entry) => entry && { text: entry.text, number: entry.number, blob: crypto.createHash("sha1").update(entry.blob ?? "").digest("hex") };

function unary(request, metadata = new grpc.Metadata(), extra = {}) {
  return new Promise((resolve) => {
    const seen = {};
    const call = client.post(request, metadata, extra, (error, reply) => {
      seen.code = error?.code ?? 0;
      seen.details = error?.details?.replace(/exceeded after.*/, "exceeded");
      seen.reply = digest(reply);
    });
    call.on("metadata", (m) => {
      seen.initial = shown(m);
      if (extra.cancels) call.cancel();
    });
    call.on("status", (s) => { seen.trailing = shown(s.metadata); setImmediate(() => resolve(seen)); });
  });
}

function stream(call, send) {
  return new Promise((resolve) => {
    const seen = { numbers: [] };
    call.on("data", (entry) => seen.numbers.push(entry.number));
    call.on("error", (error) => { seen.code = error.code; seen.details = error.details; });
    call.on("status", (status) => { seen.code ??= status.code; setImmediate(() => resolve(seen)); });
    send?.(call);
  });
}

const asking = () => { const m = new grpc.Metadata(); m.set("x-ask", "7"); m.set("x-data-bin", Buffer.from([1, 0])); return m; };
const all = {
  unary: () => unary({ text: "hello", number: 41 }, asking()),
  large: () => unary({ text: "large", blob: Buffer.alloc(20 * 1024 * 1024, 7) }),
  gzip: () => {
    const zipped = new Ledger("127.0.0.1:" + port, grpc.credentials.createInsecure(),
      { ...options, "grpc.default_compression_algorithm": 2 });
    return new Promise((resolve) => zipped.post({ text: "zip".repeat(1000) }, (error, reply) => resolve({ code: error?.code, reply: digest(reply) })));
  },
  fail: () => unary({ text: "fail" }, asking()),
  // Whether the initial metadata come in time says nothing.
  deadline: async () => ({ ...(await unary({ text: "slow" }, undefined, { deadline: Date.now() + 200 })), initial: undefined }),
  cancel: () => unary({ text: "slow" }, undefined, { cancels: true }),
  list: () => stream(client.list({ number: 500 })),
  upload: () => new Promise((resolve) => {
    const call = client.upload((error, reply) => resolve({ code: error?.code, sum: reply?.number }));
    for (let i = 0; i < 200; i++) call.write({ number: i, blob: Buffer.alloc(1000) });
    call.end();
  }),
  chat: () => stream(client.chat(), async (call) => {
    for (let i = 0; i < 1000; i++) call.write({ number: i });
    call.end();
  }),
  unknown: () => new Promise((resolve) =>
    client.makeUnaryRequest("/acme.Other/Nope", (b) => b, (b) => b, Buffer.alloc(0), (error) => resolve({ code: error?.code, details: error?.details }))),
};

(async () => {
  for (const name of cases.length ? cases : Object.keys(all)) {
    console.log(JSON.stringify({ case: name, ...(await all[name]()) }));
  }
  process.exit(0);
})();
