// Serves the ledger with server reflection and health, on $PORT or a port of the system's choice.
// usage: node reflecting.js [v1|v1alpha|none] [health]: health begins as NOT_SERVING and serves after the first line on standard input
const { grpc, Ledger, options } = require("./ledger");
const path = require("path");
const loader = require("@grpc/proto-loader");
const reflection = require("@grpc/reflection");
const { HealthImplementation } = require("grpc-health-check");

const [version, health] = process.argv.slice(2);
const saw = (text) => process.stdout.write(text + "\n");
const server = new grpc.Server(options);
server.addService(Ledger.service, {
  post(call, reply) {
    saw("Post " + JSON.stringify({ ...call.request, blob: call.request.blob?.toString("hex") }) + " " + (call.metadata.get("x-ask")[0] ?? ""));
    const trailing = new grpc.Metadata();
    trailing.set("x-trailing", "t");
    if (call.request.text === "fail") reply({ code: grpc.status.NOT_FOUND, details: "no such entry", metadata: trailing });
    else reply(null, call.request, trailing);
  },
  list(call) {
    for (let i = 0; i < call.request.number; i++) call.write({ number: i });
    if (call.request.text === "fail") call.emit("error", { code: grpc.status.ABORTED, details: "halfway" });
    else call.end();
  },
  upload(call, reply) {
    let sum = 0;
    call.on("data", (entry) => (sum += entry.number));
    call.on("end", () => reply(null, { number: sum }));
  },
  chat(call) { call.end(); },
});
const types = loader.loadSync(path.join(__dirname, "ledger.proto"), { longs: Number });
if (version === "v1" || version === "v1alpha") {
  const { ReflectionV1Implementation } = require("@grpc/reflection/build/src/implementations/reflection-v1");
  const { ReflectionV1AlphaImplementation } = require("@grpc/reflection/build/src/implementations/reflection-v1alpha");
  new (version === "v1" ? ReflectionV1Implementation : ReflectionV1AlphaImplementation)(types).addToServer(server);
}
if (health) {
  const state = new HealthImplementation({ "": "NOT_SERVING" });
  state.addToServer(server);
  process.stdin.once("data", () => { state.setStatus("", "SERVING"); saw("serving"); });
}
server.bindAsync("127.0.0.1:" + (process.env.PORT ?? 0), grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  saw("port " + port);
});
