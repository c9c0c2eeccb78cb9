// What a phone's program does, with nothing but the types that are generated from the committed document.
// usage: node client.js ADDRESS SECRETARY MEMBER PASSWORD PHOTO
import { readFileSync } from "node:fs";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];
const [address, secretary, member, password, photo] = process.argv.slice(2) as [string, string, string, string, string];

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

function equal<T>(found: T, expected: T): void {
  if (found !== expected) throw new Error(`found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  await work();
  console.log(what);
}

async function signedIn(username: string): Promise<Client<paths>> {
  const api = createClient<paths>({ baseUrl: address });
  const first = need((await api.POST("/v1/sessions", { body: { username, password } })).data, "session");
  const { refresh_token } = first;
  const next = need((await api.POST("/v1/sessions/refresh", { body: { refresh_token } })).data, "next pair");
  return createClient<paths>({ baseUrl: address, headers: { Authorization: `${next.token_type} ${next.access_token}` } });
}

const office = await signedIn(secretary);
const phone = await signedIn(member);
console.log("sign-in and refresh");

await step("problem", async () => {
  const { data, error, response } = await office.POST("/v1/sessions", { body: { username: secretary, password: "wrong" } });
  const problem: Problem = need(error, "problem");
  equal(data, undefined);
  equal(problem.code, "wrong_credentials");
  equal(problem.status, response.status);
  // @ts-expect-error: a member that the document does not name is no part of a problem.
  problem.reason;
});

await step("code", async () => {
  const code = need((await phone.GET("/v1/cards/mine/code")).data, "code");
  equal(code.url.endsWith(code.code), true);
  equal(Date.parse(code.expires_at) > Date.parse(code.issued_at), true);
});

await step("paged list", async () => {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: 2 } : { limit: 2, cursor };
    const page = need((await office.GET("/v1/members", { params: { query } })).data, "page");
    names.push(...page.items.map((one) => one.full_name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  equal(new Set(names).size, 5);
});

await step("edit of one thing", async () => {
  const own = need((await phone.GET("/v1/members/mine")).data, "record");
  const params = { path: { member_id: own.id }, header: { "If-Match": `"${own.version}"` } };
  const body: components["schemas"]["MemberEdit"] = { job_title: "村委会主任" };
  const edited = need((await office.PATCH("/v1/members/{member_id}", { params, body })).data, "edited record");
  equal(JSON.stringify({ ...edited, job_title: null, updated_at: "", version: 0 }), JSON.stringify({ ...own, updated_at: "", version: 0 }));
  // @ts-expect-error: whoever changes must say which version.
  await office.PATCH("/v1/members/{member_id}", { params: { path: { member_id: own.id } }, body: { remark: null } });
});

await step("suspend with If-Match", async () => {
  const card = need((await phone.GET("/v1/cards/mine")).data, "card");
  const path = { card_id: card.id };
  const tag = need((await office.GET("/v1/cards/{card_id}", { params: { path } })).response.headers.get("ETag") ?? undefined, "tag");
  const params = { path, header: { "If-Match": tag, "Idempotency-Key": "one-suspension" } };
  const body = { reason: "党员本人报告遗失" };
  const suspended = await office.POST("/v1/cards/{card_id}/suspend", { params, body });
  equal(need(suspended.data, "card").state, "suspended");
  const again = await office.POST("/v1/cards/{card_id}/suspend", { params, body });
  equal(again.response.headers.get("Idempotent-Replayed"), "true");
  const late = await office.POST("/v1/cards/{card_id}/resume", { params: { path, header: { "If-Match": tag } }, body });
  equal(late.error?.code, "precondition_failed");
});

await step("photo", async () => {
  const text = need(need((await phone.GET("/v1/consents/texts")).data, "texts").items[0], "text");
  await phone.POST("/v1/consents/mine", { body: { kind: text.kind, text_version: text.version } });
  const brought = await phone.POST("/v1/photos/mine", {
    body: { file: photo },
    bodySerializer: ({ file }) => {
      const form = new FormData();
      form.set("file", new Blob([readFileSync(file)]), "photo.png");
      return form;
    },
  });
  const { size } = need(brought.data, "photo");
  const shown = await phone.GET("/v1/photos/mine", { parseAs: "blob" });
  equal(need(shown.data as Blob | undefined, "picture").size, size);
  const tag = need(shown.response.headers.get("ETag") ?? undefined, "tag");
  const known = await phone.GET("/v1/photos/mine", { params: { header: { "If-None-Match": tag } }, parseAs: "text" });
  equal(known.response.status, 304);
});
