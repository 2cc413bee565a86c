// twilio-node: its client, validator and builders of documents. Prints the same lines as checks.py.
"use strict";
const http = require("node:http");
const assert = require("node:assert/strict");
const twilio = require("twilio");

const given = (name) => process.env["OUTSIDE_" + name];
const TO = "+15555550100", NUMBER = given("NUMBER"), NOBODY = "CA" + "0".repeat(32);

async function check(name, run) {
  let verdict = "ok", said = "";
  try {
    await run();
  } catch (error) {
    said = String(error && error.message || error);
    verdict = said.includes("not built into voicecall") ? "not built here" : "wrong";
  }
  console.log(JSON.stringify({ check: name, verdict, said: said.slice(0, 600) }));
}

async function refuses(run, status, code) {
  try {
    await run();
  } catch (error) {
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    return;
  }
  assert.fail("it was not refused");
}

async function until(what) {
  const end = Date.now() + 15000;
  while (!(await what())) {
    assert.ok(Date.now() < end, "it did not come");
    await new Promise((go) => setTimeout(go, 30));
  }
}

function ownPort() {
  const came = [], documents = {};
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      came.push({ path: request.url, form: Object.fromEntries(new URLSearchParams(body)), headers: request.headers });
      response.writeHead(200, { "Content-Type": "text/xml" });
      response.end(documents[request.url] || "");
    });
  });
  return new Promise((go) => server.listen(0, "127.0.0.1", () => go({ server, came, documents, url: `http://127.0.0.1:${server.address().port}` })));
}

function atTheSimulator(...pair) {
  const client = twilio(...pair);
  client.api.baseUrl = client.monitor.baseUrl = client.voice.baseUrl = given("API");
  return client;
}

async function main() {
  console.log(JSON.stringify({ package: "twilio", version: require("twilio/package.json").version }));
  const client = atTheSimulator(given("SID"), given("TOKEN"));
  const port = await ownPort();
  const pause = new twilio.twiml.VoiceResponse();
  pause.pause({ length: 30 });
  port.documents["/pause"] = pause.toString();
  await calls(client, port);
  await beside(client, port);
  await refusals(client);
  port.server.closeAllConnections();
  port.server.close();
}

async function calls(client, port) {
  let call;
  const status = (sid) => port.came.filter((each) => each.path === "/status" && each.form.CallSid === sid).map((each) => each.form.CallStatus);
  await check("calls.create: queued, outbound-api", async () => {
    call = await client.calls.create({
      to: TO, from: NUMBER, url: port.url + "/pause", statusCallback: port.url + "/status",
      statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
    });
    assert.deepEqual([call.status, call.direction, call.to], ["queued", "outbound-api", TO]);
  });
  await check("calls.fetch: in progress, its start is a date", async () => {
    await until(() => status(call.sid).includes("in-progress"));
    const shown = await client.calls(call.sid).fetch();
    assert.equal(shown.status, "in-progress");
    assert.ok(shown.startTime instanceof Date && !Number.isNaN(shown.startTime.getTime()));
  });
  await check("validateRequest: every webhook is signed", () => {
    for (const { path, form, headers } of port.came)
      assert.ok(twilio.validateRequest(given("TOKEN"), headers["x-twilio-signature"], port.url + path, form), path);
  });
  await check("validateRequest: a changed form is not", () => {
    const { path, form, headers } = port.came[0];
    assert.ok(!twilio.validateRequest(given("TOKEN"), headers["x-twilio-signature"], port.url + path, { ...form, To: "+1" }));
  });
  await check("recordings: create, stop, list, fetch, remove", async () => {
    const made = await client.calls(call.sid).recordings.create({});
    await client.calls(call.sid).recordings(made.sid).update({ status: "stopped" });
    await until(async () => (await client.recordings(made.sid).fetch()).status !== "in-progress");
    assert.deepEqual((await client.recordings.list({ callSid: call.sid })).map((each) => each.sid), [made.sid]);
    assert.equal(await client.recordings(made.sid).remove(), true);
    await refuses(() => client.recordings(made.sid).fetch(), 404, 20404);
  });
  await check("calls.update(twiml)", async () => {
    const said = new twilio.twiml.VoiceResponse();
    said.say({ voice: "alice" }, "One moment.");
    said.pause({ length: 20 });
    assert.equal((await client.calls(call.sid).update({ twiml: said.toString() })).status, "in-progress");
  });
  await check("events.list: the call's webhooks", async () => {
    const events = await client.calls(call.sid).events.list();
    assert.ok(events.length >= 3 && events[0].request.url.startsWith(port.url));
  });
  await check("calls.update(status=completed), and each state was told once, in order", async () => {
    await client.calls(call.sid).update({ status: "completed" });
    await until(() => status(call.sid).includes("completed"));
    assert.deepEqual(status(call.sid), ["initiated", "ringing", "in-progress", "completed"]);
  });
  await check("calls.update of a call that is over: 21220", () =>
    refuses(() => client.calls(call.sid).update({ twiml: "<Response/>" }), 400, 21220));
  await check("calls.each and calls.list: all pages, filters", async () => {
    for (let n = 0; n < 3; n++) await client.calls.create({ to: TO, from: NUMBER, twiml: "<Response/>" });
    const listed = await client.calls.list({ pageSize: 1, limit: 4 });
    assert.equal(new Set(listed.map((each) => each.sid)).size, 4);
    assert.deepEqual(await client.calls.list({ status: "busy" }), []);
    assert.deepEqual(await client.calls.list({ parentCallSid: NOBODY }), []);
    let walked = 0;
    await new Promise((go, no) => client.calls.each({ pageSize: 2, callback: () => walked++, done: (error) => (error ? no(error) : go()) }));
    assert.equal(walked, 4);
  });
  await check("calls.page: the next one, and the one before", async () => {
    const first = await client.calls.page({ pageSize: 2 });
    const second = await first.nextPage();
    assert.deepEqual((await second.previousPage()).instances.map((each) => each.sid), first.instances.map((each) => each.sid));
  });
  await check("calls.remove: gone", async () => {
    await until(async () => (await client.calls(call.sid).fetch()).status === "completed");
    assert.equal(await client.calls(call.sid).remove(), true);
    await refuses(() => client.calls(call.sid).fetch(), 404, 20404);
  });
}

async function beside(client, port) {
  await check("incomingPhoneNumbers: list, fetch, update", async () => {
    const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: NUMBER });
    await number.update({ voiceUrl: port.url + "/pause" });
    assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).voiceUrl, port.url + "/pause");
  });
  await check("api.accounts: fetch and list", async () => {
    assert.equal((await client.api.accounts(given("SID")).fetch()).status, "active");
    assert.deepEqual((await client.api.accounts.list()).map((each) => each.sid), [given("SID")]);
  });
  await check("balance.fetch", async () => assert.ok(Number((await client.balance.fetch()).balance) >= 0));
  await check("notifications.list", async () => assert.ok(Array.isArray(await client.notifications.list())));
  await check("monitor.alerts.list", async () => assert.ok(Array.isArray(await client.monitor.v1.alerts.list())));
  await check("messages.create", () => client.messages.create({ to: TO, from: NUMBER, body: "Hello" }));
  await check("VoiceResponse: a stream, and a refused socket is among the notifications", async () => {
    const said = new twilio.twiml.VoiceResponse();
    said.connect().stream({ url: "wss://127.0.0.1:9/media" }).parameter({ name: "token", value: "t" });
    const call = await client.calls.create({ to: TO, from: NUMBER, twiml: said.toString() });
    await until(async () => (await client.calls(call.sid).fetch()).status === "completed");
    assert.deepEqual((await client.calls(call.sid).notifications.list()).map((each) => each.errorCode), ["31904"]);
  });
}

async function refusals(client) {
  const create = (more) => () => client.calls.create({ to: TO, from: NUMBER, twiml: "<Response/>", ...more });
  await check("calls.create, a callee that is no number: 21211", () => refuses(create({ to: "12" }), 400, 21211));
  await check("calls.create, a caller id of somebody else: 21210", () => refuses(create({ from: "+15555550177" }), 400, 21210));
  await check("a wrong token: 20003", () => refuses(() => atTheSimulator(given("SID"), "0".repeat(32)).balance.fetch(), 401, 20003));
  await check("API key and secret in place of the token", () =>
    atTheSimulator(given("KEY"), given("SECRET"), { accountSid: given("SID") }).calls.list({ limit: 1 }));
}

main();
