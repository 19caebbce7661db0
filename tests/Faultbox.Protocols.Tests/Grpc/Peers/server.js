// Serves the ledger on $PORT or a port of the system's choice and prints it; says on standard output what it was called for.
// With $TLS_CERT, $TLS_KEY and $TLS_CA it speaks TLS and wants a client certificate of that authority.
const fs = require("fs");
const { grpc, Ledger, options } = require("./ledger");

const saw = (text) => process.stdout.write(text + "\n");

const server = new grpc.Server(options);
server.addService(Ledger.service, {
  post(call, reply) {
    saw("Post " + call.request.text);
    const initial = new grpc.Metadata();
    initial.set("x-initial", "i-" + (call.metadata.get("x-ask")[0] ?? ""));
    call.sendMetadata(initial);
    if (call.request.text === "fail") {
      const trailing = new grpc.Metadata();
      trailing.set("grpc-status-details-bin", Buffer.from([1, 2, 3, 255]));
      trailing.set("x-trailing", "t");
      reply({ code: grpc.status.FAILED_PRECONDITION, details: "zu spät %", metadata: trailing });
      return;
    }
    if (call.request.text === "slow") {
      call.on("cancelled", () => saw("cancelled"));
      return;
    }
    const trailing = new grpc.Metadata();
    trailing.set("x-trailing", "t");
    trailing.set("x-bin-bin", Buffer.from([0, 128]));
    reply(null, { text: call.request.text, blob: call.request.blob, number: (call.request.number ?? 0) + 1 }, trailing);
  },
  list(call) {
    saw("List");
    for (let i = 0; i < call.request.number; i++) call.write({ number: i });
    call.end();
  },
  upload(call, reply) {
    let sum = 0;
    call.on("data", (entry) => (sum += entry.number));
    call.on("end", () => reply(null, { number: sum }));
  },
  chat(call) {
    call.on("data", (entry) => call.write({ number: entry.number * 2 }));
    call.on("end", () => call.end());
    call.on("cancelled", () => saw("cancelled chat"));
  },
});
const { TLS_CERT, TLS_KEY, TLS_CA } = process.env;
const credentials = TLS_CERT
  ? grpc.ServerCredentials.createSsl(fs.readFileSync(TLS_CA), [{ cert_chain: fs.readFileSync(TLS_CERT), private_key: fs.readFileSync(TLS_KEY) }], true)
  : grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:" + (process.env.PORT ?? 0), credentials, (error, port) => {
  if (error) throw error;
  saw("port " + port);
});
