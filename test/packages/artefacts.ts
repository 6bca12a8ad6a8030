import { existsSync, readFileSync } from 'fs';
import * as path from 'path';
import { claim } from './claims';
import { artefact, DIST, FLOOR, GO_MODULE, JAR_FOLDER, MANIFEST, run, VERSION } from './places';

function mustHold(text: string, parts: string[]): void {
  const lacking = parts.filter(part => !text.includes(part));
  if (lacking.length > 0) throw new Error(`lacks\n${lacking.join('\n')}\nin\n${text.slice(0, 2_000)}`);
}

const inTar = (archive: string, file: string) => run(DIST, 'tar', ['-xzOf', archive, file]);
const listed = (archive: string) => run(DIST, 'tar', ['-tzf', archive]);
/** A wheel is a zip file, which Node.js cannot read. */
const inZip = (archive: string, file: string) => run(DIST, 'unzip', ['-p', archive, file]);

/** What registries and Construct Hub show of the package. */
export function checkArtefacts(): void {
  const { description, homepage, repository } = MANIFEST;
  const source = repository.url as string;

  claim('the tarball says licence, description, keywords, stability, repository, homepage and targets', () => {
    const manifest = JSON.parse(inTar(artefact(path.join(DIST, 'js'), '.tgz'), 'package/package.json'));
    for (const field of ['license', 'description', 'stability', 'homepage', 'bugs', 'repository', 'author', 'engines']) if (!manifest[field]) throw new Error(`no ${field}`);
    mustHold(manifest.keywords.join(), ['awscdk', 'aws-cdk', 'cdk', 'iot']);
    mustHold(Object.keys(manifest.jsii.targets).join(), ['python', 'java', 'go']);
  });
  claim('the tarball brings the translated examples, and no sources or tests', () => {
    const files = listed(artefact(path.join(DIST, 'js'), '.tgz'));
    mustHold(files, ['package/.jsii\n', 'package/.jsii.tabl.json.gz\n', 'package/lib/index.js\n', 'package/LICENSE\n']);
    const strays = files.split('\n').filter(file => /^package\/(src|test|examples|bench|tmp|\.ci|\.github)\//.test(file));
    if (strays.length > 0) throw new Error(strays.slice(0, 5).join('\n'));
  });

  const wheel = () => artefact(path.join(DIST, 'python'), '.whl');
  claim('the wheel says licence, summary, homepage, source, classifiers, and the floor of its peers', () => {
    mustHold(inZip(wheel(), '*.dist-info/METADATA'), [
      `Version: ${VERSION}`, `Summary: ${description}`, `Home-page: ${homepage}`, 'License: Apache-2.0', `Project-URL: Source, ${source}`, 'Requires-Python: >=3',
      'Classifier: Framework :: AWS CDK :: 2', 'Classifier: License :: OSI Approved :: Apache Software License', 'Classifier: Typing :: Typed',
      `aws-cdk-lib <3.0.0,>=${FLOOR['aws-cdk-lib']}`, `constructs <11.0.0,>=${FLOOR.constructs}`,
    ]);
    artefact(path.join(DIST, 'python'), '.tar.gz');
  });
  claim('the wheel has the README and the docstrings in Python', () => {
    const module = inZip(wheel(), 'cdk_iot_landing_zone/__init__.py');
    const untranslated = [...module.matchAll(/```python\n([\s\S]*?)```/g), ...module.matchAll(/Example::\n([\s\S]*?)\n\s*'''/g)]
      .filter(([, code]) => code.includes("from 'cdk-iot-landing-zone'"));
    if (untranslated.length > 0) throw new Error(`${untranslated.length} examples in TypeScript, such as\n${untranslated[0][1]}`);
    const examples = module.match(/from cdk_iot_landing_zone import /g) ?? [];
    if (examples.length < 14) throw new Error(`only ${examples.length} examples are in Python`);
  });

  claim('the jar comes with sources and javadoc, and its POM says licence, description, source and developers', () => {
    for (const kind of ['', '-sources', '-javadoc']) {
      const jar = path.join(JAR_FOLDER, `cdk-iot-landing-zone-${VERSION}${kind}.jar`);
      if (!existsSync(jar)) throw new Error(`no ${jar}`);
    }
    mustHold(readFileSync(path.join(JAR_FOLDER, `cdk-iot-landing-zone-${VERSION}.pom`), 'utf8'), [
      `<description>${description}</description>`, `<url>${homepage}</url>`, '<name>Apache License 2.0</name>', `<url>${source}</url>`, '<developer>', '<artifactId>aws-cdk-lib</artifactId>',
    ]);
  });

  claim('the Go module names itself, its licence, and only versions that Go has', () => {
    const folder = path.join(DIST, 'go/cdkiotlandingzone');
    mustHold(readFileSync(path.join(folder, 'go.mod'), 'utf8'), [`module ${GO_MODULE}\n`, `aws-cdk-go/awscdk/v2 v${FLOOR['aws-cdk-lib']}`, `constructs/v10 v${FLOOR.constructs}`]);
    for (const file of ['LICENSE', 'README.md', 'version']) if (!existsSync(path.join(folder, file))) throw new Error(`no ${file}`);
    mustHold(readFileSync(path.join(folder, 'LandingZone.go'), 'utf8'), ['// Example:', 'zone := ']);
  });
}
