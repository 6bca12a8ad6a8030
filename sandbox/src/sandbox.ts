import { rmSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Account } from './account';
import { AssemblyStack, readAssembly } from './assembly/cloud-assembly';
import { deploy, DeployedStack } from './assembly/deployment';
import { RunningSandbox, runningFile } from './command-line/running';
import { HttpEndpoint } from './http';
import { addOperatorCalls } from './local-api/operator-calls';
import { addPageCalls } from './local-api/page-calls';
import { checkHost, checkPort, checkShares, chosenStacks, environmentOf, SandboxOptions } from './sandbox-options';
import { Services } from './services';
import { StateFolder } from './state-folder';
import { SYSTEM_CLOCK } from './time/clock';

/** Something of the template that does not run here, and what depends on it. */
export interface NotModelled {
  readonly stack: string;
  readonly logicalId: string;
  readonly path: string;
  readonly type: string;
  /** Paths of resources that refer to it or depend on it. */
  readonly neededBy: readonly string[];
}

/**
 * A landing zone on this machine: the resources of a cloud assembly's templates, running on loopback.
 *
 * ```ts
 * const sandbox = await Sandbox.start({ assembly: 'cdk.out', state: folder, port: 0, mqttPort: 0 });
 * // … clients with sandbox.environment …
 * await sandbox.stop();
 * ```
 */
export class Sandbox {
  /**
   * Resolves when everything runs and clients may connect.
   *
   * @throws AssemblyError, TemplateError, OptionError, StateFolderError, or an Error that names the port which is in use; nothing then runs
   */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const host = checkHost(options.host ?? '127.0.0.1');
    const port = checkPort('port', options.port ?? 8880);
    const mqttPort = checkPort('mqttPort', options.mqttPort ?? 8883);
    const assembly = path.resolve(options.assembly ?? 'cdk.out');
    const stacks = chosenStacks(readAssembly(assembly), options.stacks, assembly);
    checkShares(options.presenceFaults);
    const environment = environmentOf(stacks, options);
    const state = StateFolder.take(options.state ?? '.iot-sandbox');
    const account = new Account({ environment, stateFolder: state.path, clock: options.clock ?? SYSTEM_CLOCK });
    const endpoint = new HttpEndpoint(account);
    try {
      account.listensAt(await endpoint.listen(host, port));
      const services = await Services.open(account, endpoint, options, { host, port: mqttPort });
      const sandbox = new Sandbox(account, state, endpoint, services, host);
      try {
        await sandbox.run(stacks, options);
        return sandbox;
      } catch (error) {
        await sandbox.stop();
        throw error;
      }
    } catch (error) {
      await endpoint.stop();
      state.release();
      throw error;
    }
  }

  /** The stacks as they run. */
  stacks: readonly DeployedStack[] = [];
  private stopping: Promise<void> | undefined;

  private constructor(
    readonly account: Account, private readonly state: StateFolder, private readonly endpoint: HttpEndpoint, readonly services: Services,
    private readonly host: string,
  ) {}

  /** Where the page and all services over HTTP are. */
  get endpointUrl(): string {
    return this.account.endpointUrl;
  }

  /** Where the message broker is, and the certificate of the authority that signed its own. */
  get mqtt(): { readonly host: string; readonly port: number; readonly caPem: string; readonly caFile: string } {
    const { iot } = this.services;
    return { host: this.host, port: iot.mqttPort ?? 0, caPem: iot.caPem, caFile: path.join(this.account.folder('iot'), 'ca.pem') };
  }

  get stateFolder(): string {
    return this.state.path;
  }

  /** Variables by which unmodified AWS SDKs and the AWS CLI call this sandbox instead of AWS, as its operator. */
  get environment(): { readonly [name: string]: string } {
    return {
      AWS_ENDPOINT_URL: this.endpointUrl,
      AWS_REGION: this.account.environment.region,
      AWS_DEFAULT_REGION: this.account.environment.region,
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'operator',
      AWS_EC2_METADATA_DISABLED: 'true',
      // Some services put 'api.' and the like before their host name, and 127.0.0.1 takes none.
      AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
    };
  }

  /**
   * An output of a stack, with the addresses at which things are here.
   *
   * @param stack - name or id; it may be left out where only one stack has such an output
   * @throws Error naming the outputs that there are
   */
  output(name: string, stack?: string): string {
    const all = this.stacks.filter(({ stack: { id, stackName } }) => stack === undefined || id === stack || stackName === stack)
      .flatMap(({ outputs, stack: { id } }) => outputs.map(output => ({ ...output, id })));
    const found = all.filter(output => output.name === name || output.name.replace(/[0-9A-F]{8}$/, '') === name);
    if (found.length !== 1) throw new Error(`there ${found.length === 0 ? 'is no' : 'is more than one'} output '${name}'; there are ${all.map(output => `${output.id}.${output.name}`).join(', ')}`);
    return this.account.asServedHere(String(found[0].value));
  }

  /** What of the templates does not run here. */
  get notModelled(): NotModelled[] {
    return this.stacks.flatMap(({ resources, stack }) => {
      const all = [...resources.values()];
      return all.filter(({ state }) => state === 'unsupported').map(({ logicalId, path: at, type }) => ({
        stack: stack.id, logicalId, path: at, type, neededBy: all.filter(({ hangsOn }) => hangsOn.includes(logicalId)).map(other => other.path),
      }));
    });
  }

  /** Asks the lake through the Glue tables, as Athena would. */
  query(sql: string, options: { readonly database?: string; readonly workGroup?: string } = {}) {
    return this.services.athena.lake.query(sql, options);
  }

  /**
   * Delivers what streams hold without waiting for their buffers.
   *
   * @throws Error what could not be delivered, and why, such as a grant that is missing; it is tried on
   */
  async flush(): Promise<void> {
    await this.services.firehose.flush();
  }

  /** Takes nothing more in, delivers what streams hold, ends all processes, and leaves the state for the next start. */
  async stop(): Promise<void> {
    return this.stopping ??= this.end();
  }

  private async run(stacks: AssemblyStack[], { parameters }: SandboxOptions): Promise<void> {
    const { account, services } = this;
    const { account: accountId, region } = account.environment;
    this.stacks = await deploy(stacks, { types: services.types, typeOf: name => services.typeOf(name), account: accountId, region, parameters });
    services.cloudFormation.setStacks(this.stacks);
    addOperatorCalls(services.localApi, this);
    addPageCalls(services.localApi, this);
    account.traffic.start();
    // What takes messages in begins last.
    for (const service of [...services.inOrderOfStopping].reverse()) await service.start?.();
    const running: RunningSandbox = {
      pid: process.pid, endpointUrl: this.endpointUrl, mqttHost: this.mqtt.host, mqttPort: this.mqtt.port, region, account: accountId,
    };
    writeFileSync(runningFile(this.state.path), JSON.stringify(running), { mode: 0o600 });
  }

  private async end(): Promise<void> {
    rmSync(runningFile(this.state.path), { force: true });
    for (const service of this.services.inOrderOfStopping) {
      try {
        await service.stop?.();
      } catch (error) {
        this.account.activity.record('problem', { message: `stopping: ${(error as Error).message}` });
      }
    }
    this.account.traffic.stop();
    await this.endpoint.stop();
    this.state.release();
  }
}
