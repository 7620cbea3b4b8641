/** The thread of `xdr-relay lsp` that checks rule files. */
import { runLspThread } from '../src/cli/actions/lsp/thread.ts';

runLspThread();
