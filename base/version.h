#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* What every program prints for --version, after its name. */
#define PHONELAB_VERSION "0.1.0"

#endif
