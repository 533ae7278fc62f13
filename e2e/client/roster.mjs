// A program as somebody else would write it, with the types that
// openapi-typescript generates from docs/openapi.json: it lists organisations
// and imports a roster. usage: node roster.mjs SERVER TOKENFILE ROSTER
// @ts-check
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import createClient from "./vendor/openapi-fetch.mjs";

const [server, tokenFile, roster] = process.argv.slice(2);
const token = (await readFile(tokenFile, "utf8")).trim();

/** @type {import("openapi-fetch").Client<import("./api.d.ts").paths>} */
const api = createClient({ baseUrl: server + "/api/v1", headers: { Authorization: `Bearer ${token}`, "Accept-Language": "en" } });

/**
 * @template T
 * @param {{ data?: T, error?: import("./api.d.ts").components["schemas"]["Problem"] }} answer
 * @returns {T}
 */
function must({ data, error }) {
	if (error || data === undefined) throw new Error(error ? `${error.code}: ${error.detail}` : "no answer");
	return data;
}

const names = [];
/** @type {string | undefined} */
let cursor;
do {
	const page = must(await api.GET("/orgs", { params: { query: { limit: 2, cursor } } }));
	names.push(...page.items.map((o) => o.name));
	cursor = page.next;
} while (cursor);

const form = new FormData();
form.append("file", new Blob([new Uint8Array(await readFile(roster))]), basename(roster));
let batch = must(await api.POST("/imports", {
	params: { query: { entity: "members" }, header: { "Idempotency-Key": "roster-1" } },
	body: { file: "" },
	bodySerializer: () => form,
}));
const at = { params: { path: { batch: batch.id } } };
batch = must(await api.POST("/imports/{batch}/check", at));
while (batch.state === "checking") batch = must(await api.GET("/imports/{batch}", at));
batch = must(await api.POST("/imports/{batch}/write", { ...at, body: {} }));
while (batch.state === "writing") batch = must(await api.GET("/imports/{batch}", at));
const people = must(await api.GET("/people", { params: { query: { limit: 1 } } }));
const refused = await api.GET("/orgs/{org}", { params: { path: { org: "06F2QW0000001" } } });

console.log(JSON.stringify({ names, state: batch.state, counts: batch.counts, people: people.total, missing: refused.error?.code }));
