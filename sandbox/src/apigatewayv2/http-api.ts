/** What a stage lets through in a second, and at once. */
export interface Throttle { readonly rate: number; readonly burst: number }

export interface JwtAuthorizer { readonly id: string; readonly issuer: string; readonly audience: readonly string[] }

export interface Integration { readonly id: string; readonly functionArn: string; readonly timeoutMilliseconds: number }

export interface Route {
  readonly id: string;
  /** `POST /onboard/{serialNumber}`, `ANY /{proxy+}` or `$default` */
  readonly key: string;
  readonly integrationId: string;
  readonly authorizerId?: string;
  readonly scopes: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly throttle?: Throttle;
  readonly routeThrottles: ReadonlyMap<string, Throttle>;
  readonly accessLog?: { readonly group: string; readonly format: string };
}

export interface Cors {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly credentials: boolean;
  readonly maxAge?: number;
}

/** What a path matched: the route, and the parts of the path that it names. */
export interface RouteMatch { readonly route: Route; readonly pathParameters: { readonly [name: string]: string } }

/** An HTTP API: routes, what they lead to, who may use them. */
export class HttpApi {
  readonly routes: Route[] = [];
  readonly integrations = new Map<string, Integration>();
  readonly authorizers = new Map<string, JwtAuthorizer>();
  readonly stages = new Map<string, Stage>();

  constructor(readonly id: string, readonly cors?: Cors) {}

  /**
   * A route whose path has no greedy variable wins over one that has, that over `$default`; a method wins over ANY.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
   */
  match(method: string, path: string): RouteMatch | undefined {
    const given = path.split('/').slice(1);
    let best: { match: RouteMatch; score: number } | undefined;
    for (const route of this.routes) {
      const found = route.key === '$default' ? { pathParameters: {}, score: 0 } : matchOf(route.key, method, given);
      if (found && (!best || found.score > best.score)) best = { match: { route, pathParameters: found.pathParameters }, score: found.score };
    }
    return best?.match;
  }
}

function matchOf(key: string, method: string, given: readonly string[]): { pathParameters: { [name: string]: string }; score: number } | undefined {
  const [verb, path = '/'] = key.split(' ');
  if (verb !== 'ANY' && verb !== method) return undefined;
  const parts = path.split('/').slice(1);
  const pathParameters: { [name: string]: string } = {};
  let fixed = 0;
  for (const [index, part] of parts.entries()) {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
    if (greedy) {
      if (given.length <= index) return undefined;
      pathParameters[name] = given.slice(index).map(decoded).join('/');
      return { pathParameters, score: 1 + fixed * 2 + (verb === 'ANY' ? 0 : 1) };
    }
    if (given[index] === undefined || given[index] === '' && part !== '') return undefined;
    if (name !== undefined) pathParameters[name] = decoded(given[index]);
    else if (part === given[index]) fixed++;
    else return undefined;
  }
  return parts.length === given.length ? { pathParameters, score: 1_000 + fixed * 2 + (verb === 'ANY' ? 0 : 1) } : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Lets through `burst` at once and `rate` a second after. */
export class TokenBucket {
  private tokens: number;
  private last: number;

  constructor(private readonly throttle: Throttle, private readonly now: () => number) {
    this.tokens = throttle.burst;
    this.last = now();
  }

  take(): boolean {
    const { rate, burst } = this.throttle;
    const now = this.now();
    this.tokens = Math.min(burst, this.tokens + (now - this.last) / 1000 * rate);
    this.last = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
