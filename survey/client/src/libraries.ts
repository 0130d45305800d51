/**
 * The libraries, before anything of ours: so code that is alike stands together in the bundle, which is worth a
 * kilobyte once it is compressed. Where they are used, they are imported by name.
 */

import "@hpke/hybridkem-x-wing";
import "@hpke/core";
import "@cloudflare/blindrsa-ts/lib/src/blindrsa.js";
