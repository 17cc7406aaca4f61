#include "phone-sim/driver/mark.h"

#include <netinet/in.h>
#include <sys/socket.h>

void mark_socket(int fd, enum mark mark)
{
	const int tos = (int)mark << 2, priority = (int)mark >> 3;

	/* In this order: the first sets a priority of the kernel's own choosing. */
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
}
