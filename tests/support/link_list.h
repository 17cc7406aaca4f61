#ifndef TESTS_SUPPORT_LINK_LIST_H
#define TESTS_SUPPORT_LINK_LIST_H

#include "cable/link.h"

/* All interfaces of the namespace of an rtnl socket; *links is the caller's to free(). 0 or a negative errno. */
int link_list(struct rtnl *rtnl, struct link_info **links, unsigned *count, struct fail *fail);

#endif
