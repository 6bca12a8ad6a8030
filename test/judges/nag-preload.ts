import { writeFileSync } from 'fs';
import * as path from 'path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';

// Required before an app (`node -r`), so that the app itself stays as its author wrote it: once it is synthesized, every stack goes
// through the packs, and what they find without a reason is written beside the templates.
const PACKS = [AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks];
const synth = Stage.prototype.synth;

Stage.prototype.synth = function (this: Stage, ...args) {
  const assembly = synth.apply(this, args);
  if (!App.isApp(this)) return assembly;
  const stacks = this.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct));
  const findings = PACKS.flatMap(Pack => stacks.flatMap(stack => new Pack(this).validateScope(stack).violations))
    .flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`));
  writeFileSync(path.join(assembly.directory, 'nag-findings.json'), JSON.stringify({ stacks: stacks.length, packs: PACKS.length, findings }, undefined, 2));
  return assembly;
};
