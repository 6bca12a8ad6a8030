import { App, Stack, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { zoneCases } from './zones';
import { LandingZone } from '../../src';

const STANDARDS = /^(NIST\.800\.53\.R5|HIPAA\.Security|PCI\.DSS\.321)-/;

/** A table of every reason that a zone of the matrix records for a finding of cdk-nag: which rules, where, why. */
export function reasonsTable(): string {
  const app = new App();
  const rows = new Map<string, { rules: Set<string>; places: Set<string> }>();
  for (const { name, props } of zoneCases()) {
    const stack = new Stack(app, name);
    const zone = new LandingZone(stack, 'Zone', props(stack));
    for (const construct of zone.node.findAll()) {
      for (const [rule, reason] of acknowledgementsOf(construct)) {
        const row = rows.get(reason) ?? { rules: new Set(), places: new Set() };
        rows.set(reason, row);
        row.rules.add(ruleName(rule));
        row.places.add(construct.node.path.slice(zone.node.path.length + 1).replace(/\d+$/, ''));
      }
    }
  }
  const cells = [...rows].map(([reason, { rules, places }]) => [list(rules), list(places), reason]);
  return ['| rules | where | reason |', '|---|---|---|', ...cells.map(row => `| ${row.join(' | ')} |`).sort()].join('\n');
}

function acknowledgementsOf(construct: IConstruct): [string, string][] {
  return construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries<string>(data));
}

/** Without what changes with the names of a stack: which wildcard it is stands beside the code. */
function ruleName(rule: string): string {
  return rule.replace(/^Annotation::/, '').replace(STANDARDS, '').replace(/\[.*/, '');
}

function list(texts: Set<string>): string {
  return [...texts].sort().map(text => `\`${text}\``).join(', ');
}
