#ifndef PHONELAB_SCENARIO_RELAY_SERVE_H
#define PHONELAB_SCENARIO_RELAY_SERVE_H

/* `phonelab node --relay`: serve the requests of client/relay.h at standard input until it ends, then restore the lab.
 * Returns an exit status. */
int relay_serve(void);

#endif
