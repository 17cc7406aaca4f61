#include "tests/support/link_list.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdlib.h>

int link_list(struct rtnl *rtnl, struct link_info **links, unsigned *count, struct fail *fail)
{
	struct link_info *list;
	struct nl_cache *cache;
	unsigned n = 0;
	int err = rtnl_link_alloc_cache(rtnl_socket(rtnl), AF_UNSPEC, &cache);

	if (err < 0)
		return fail_set(fail, rtnl_errno(err), "cannot list the links: %s", nl_geterror(err));
	list = calloc((size_t)nl_cache_nitems(cache) + 1, sizeof(*list));
	err = list ? 0 : fail_set(fail, -ENOMEM, "out of memory");
	for (struct nl_object *o = nl_cache_get_first(cache); o && !err; o = nl_cache_get_next(o))
		err = link_get(rtnl, rtnl_link_get_name((struct rtnl_link *)o), &list[n++], fail);
	nl_cache_free(cache);
	if (err) {
		free(list);
		return err;
	}
	*links = list;
	*count = n;
	return 0;
}
