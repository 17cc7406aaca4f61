#include "cable/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/netns.h"

/* TSO and GSO depend on scatter-gather: the kernel switches them off with it, and each change that is left out saves a
 * notification of everyone in the namespace. */
static const struct {
	const char *name;
	unsigned get, set;
} features[] = {
    {"scatter-gather", ETHTOOL_GSG, ETHTOOL_SSG},
    {"transmit checksums", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM},
    {"generic receive offload", ETHTOOL_GGRO, ETHTOOL_SGRO},
    {"generic segmentation offload", ETHTOOL_GGSO, ETHTOOL_SGSO},
    {"TCP segmentation offload", ETHTOOL_GTSO, ETHTOOL_STSO},
};

static int ask(int sock, const char *interface, unsigned command, unsigned *data)
{
	struct ethtool_value value = {.cmd = command, .data = *data};
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	request.ifr_data = (char *)&value;
	if (ioctl(sock, SIOCETHTOOL, &request))
		return -errno;
	*data = value.data;
	return 0;
}

int offload_off_socket(int sock, const char *interface, struct fail *fail)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		unsigned state = 0, off = 0;
		int err = ask(sock, interface, features[i].get, &state);

		if (!err && state) {
			err = ask(sock, interface, features[i].set, &off);
			if (!err)
				err = ask(sock, interface, features[i].get, &state);
			if (!err && state)
				err = -EOPNOTSUPP;
		}
		if (err)
			return fail_set(fail, err, "%s: cannot switch off %s: %s", interface,
					features[i].name, strerror(-err));
	}
	return 0;
}

int offload_off(int ns, const char *interface, struct fail *fail)
{
	int sock = netns_socket(ns, AF_INET, SOCK_DGRAM, 0, fail);
	int err;

	if (sock < 0)
		return sock;
	err = offload_off_socket(sock, interface, fail);
	close(sock);
	return err;
}
