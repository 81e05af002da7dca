// A page whose import is the start.
import * as agentops from '@agentops/web';

Object.assign(globalThis, { agentops });
