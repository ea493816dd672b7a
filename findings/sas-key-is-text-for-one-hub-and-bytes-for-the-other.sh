#!/usr/bin/env bash
# @azure/core-amqp 4.5.1 (of @azure/event-hubs) and azure-iot-common 1.13.3 (of azure-iothub), both npm; node 20 or newer
#
# Event Hubs and IoT Hub take the same kind of token, SharedAccessSignature sr=…&sig=…&se=…&skn=…, made with a policy's key, which both
# show as Base64 in a connection string of the same form. One would guess that who signs for the one signs for the other. IoT Hub's library
# decodes the key and signs with the 32 bytes that it stands for; Event Hubs' signs with the 44 letters as they are. So the same key,
# resource and expiry give two signatures, and each hub refuses the other's. Nor do they agree on the resource: Event Hubs' percent-encodes
# it, with what stands before it, IoT Hub's signs it as it was given, blanks and all.
# Right for Muster: an Event Hubs key is signed with as it is, and the resource is percent-encoded (SharedAccessKey;
# DeviceTokensTest.azuresOwnSignerMakesTheSameTokens).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund @azure/core-amqp@4.5.1 azure-iot-common@1.13.3 >&2
cat > sign.mjs <<'JS'
import { createSasTokenProvider } from "@azure/core-amqp";
import iot from "azure-iot-common";
import { createHmac } from "node:crypto";

const key = Buffer.from("a key of 32 bytes that is no key").toString("base64");
const resource = "contoso.example/devices/publishers/d 1";
const by = (secret, text) => createHmac("sha256", secret).update(text).digest("base64");
const parts = (token) => Object.fromEntries(token.slice("SharedAccessSignature ".length).split("&").map((pair) => {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1)];
}));

const events = parts((await createSasTokenProvider({ sharedAccessKeyName: "send", sharedAccessKey: key }).getToken(resource)).token);
const devices = parts(iot.SharedAccessSignature.create(resource, "send", key, Number(events.se)).toString());
for (const [name, token] of Object.entries({ "Event Hubs": events, "IoT Hub": devices })) {
  const text = `${token.sr}\n${token.se}`;
  const sig = decodeURIComponent(token.sig);
  const how = sig === by(key, text) ? "the key's letters" : sig === by(Buffer.from(key, "base64"), text) ? "the key decoded" : "?";
  console.log(`${name}: signed with ${how}; sr=${token.sr}`);
}
JS
node sign.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
Event Hubs: signed with the key's letters; sr=contoso.example%2Fdevices%2Fpublishers%2Fd%201
IoT Hub: signed with the key decoded; sr=contoso.example/devices/publishers/d 1
SEEN
