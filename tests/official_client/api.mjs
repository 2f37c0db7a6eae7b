// A service that calls the publish API, and checks each answer against the OpenAPI file.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import Ajv from "ajv"
import { parse } from "yaml"

const folder = new URL("../../apps/guide/", import.meta.url)

export const guide = readFileSync(new URL("publish-api.md", folder), "utf8")
export const description = parse(readFileSync(new URL("publish-api.openapi.yaml", folder), "utf8"))

const ajv = new Ajv({ strict: false, schemas: [{ ...description, $id: "api.json" }] })
const resolved = x => x.$ref ? x.$ref.slice(2).split("/").reduce((at, name) => at[name], description) : x

// References within the file are made absolute, so that a part of it can be compiled alone.
const absolute = x => JSON.parse(JSON.stringify(x).replaceAll('"$ref":"#', '"$ref":"api.json#'))

/** Fails unless the file says that this request may be answered so. */
export function isDescribed(method, path, status, headers, body) {
  const operation = description.paths[path]?.[method.toLowerCase()]
  const { NotAllowed, Refused } = description.components.responses
  const elsewhere = description.paths[path] ? { 405: NotAllowed } : { 404: Refused }
  const described = (operation?.responses ?? elsewhere)[status]
  assert.ok(described, `${method} ${path} may be answered ${status}`)
  const response = resolved(described)
  for (const [name, header] of Object.entries(response.headers ?? {}))
    if (header.required) assert.ok(headers.get(name), `${status} has the header ${name}`)
  const content = response.content[headers.get("content-type").split(";")[0]]
  assert.ok(content, `${status} may have the type ${headers.get("content-type")}`)
  const check = ajv.compile(absolute(content.schema))
  assert.ok(check(body), `${method} ${path} ${status} ${JSON.stringify(body)}: ${ajv.errorsText(check.errors)}`)
}

export class Service {
  constructor(port, key) { Object.assign(this, { port, key }) }

  async call(method, target, body, headers = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}/api${target}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...body !== undefined && { "content-type": "application/json" }, ...headers },
      body: typeof body === "string" || body === undefined ? body : JSON.stringify(body),
    })
    const text = await response.text()
    const isJson = response.headers.get("content-type").startsWith("application/json")
    const answer = { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
    isDescribed(method, target.split("?")[0], answer.status, answer.headers, answer.body)
    return answer
  }

  publish(messages, idempotencyKey) {
    return this.call("POST", "/publish", messages, idempotencyKey && { "idempotency-key": idempotencyKey })
  }

  presence(topic) { return this.call("GET", `/presence?topic=${encodeURIComponent(topic)}`) }
  disconnect(id) { return this.call("POST", "/disconnect", { id }) }
  topics(query) { return this.call("GET", `/topics?${new URLSearchParams(query)}`) }
}
