// What the handlers of all areas use.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Address } from '../base/network.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';

export interface HttpSettings {
  /** False: writes that arrive elsewhere than at the leader get NotALeader, on every request. */
  readonly serverSideRouting: boolean;
  /** `http.bookmark_cookie`: answers set a cookie with their bookmark. */
  readonly bookmarkCookie: boolean;
  /** `limits.message_bytes`: one body. */
  readonly messageBytes: number;
  /** `http.goodbye_ms`. */
  readonly goodbyeMs: number;
  /** False: the cluster endpoints answer without credentials. */
  readonly clusterStatusAuth: boolean;
  /** False: nobody needs credentials, and the principal is the empty name. */
  readonly authenticationRequired: boolean;
  /** Where this server listens for Bolt; shown with the host that the client used. */
  readonly boltPort: number;
  /** Shown instead, where the configuration names one. */
  readonly boltAdvertised: Address | undefined;
  /** Causeway's own version. */
  readonly version: string;
}

export interface HttpContext {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: HttpSettings;
}
