/** The `<script>` build: starts like the bare import, and leaves everything else under `AgentOps`. */
export * from './index.js';
