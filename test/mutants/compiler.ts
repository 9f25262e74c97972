/** Says whether a changed source still compiles: a change that the compiler refuses needs no test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export class Compiler {
  private readonly service: ts.LanguageService;
  private readonly changed = new Map<string, string>();
  private version = 0;

  /** `root`: where `tsconfig.json` is; `paths`: the sources that are going to be changed. */
  constructor(root: string, paths: readonly string[]) {
    const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    this.service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...paths],
      getScriptVersion: (path) => (this.changed.has(path) ? String(this.version) : '0'),
      getScriptSnapshot: (path) => {
        const text = this.changed.get(path) ?? (ts.sys.fileExists(path) ? readFileSync(path, 'utf8') : undefined);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (each) => ts.getDefaultLibFilePath(each),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
      directoryExists: (path) => ts.sys.directoryExists(path),
    });
  }

  /** Whether the compiler takes this text for the source. */
  takes(path: string, text: string): boolean {
    this.version += 1;
    this.changed.set(path, text);
    const problems = [...this.service.getSyntacticDiagnostics(path), ...this.service.getSemanticDiagnostics(path)];
    this.changed.delete(path);
    return problems.length === 0;
  }
}
