/** Loads what the process that is killed loads, and ends well: only then does Node keep what it has compiled. */
import '../../../src/lab/nodes/nodeThread.ts';
import '../../../src/lab/nodes/workerLink.ts';
