#include "phonelab/why/engine.h"

const struct why_candidate why_candidates_network[] = {
    {0},
};
