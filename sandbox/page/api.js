/** What the sandbox refused; its message is for people. */
export class Refusal extends Error {}

/** The sandbox does not answer. */
export class Unreachable extends Error {}

export function get(call, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
  return ask(`/-/api/${call}${search}`, {});
}

export function post(call, input = {}) {
  return ask(`/-/api/${call}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) });
}

async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, { ...request, cache: 'no-store' });
  } catch {
    throw new Unreachable('The sandbox does not answer. Is it still running? This page tries again by itself.');
  }
  const answer = await response.json().catch(() => ({ message: `the sandbox answered ${response.status} without JSON` }));
  if (!response.ok) throw new Refusal(answer.message ?? `the sandbox answered ${response.status}`);
  return answer;
}
