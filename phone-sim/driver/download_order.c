#include "phone-sim/driver/download_order.h"

#include <errno.h>

enum phone_fetch_status download_status_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE: return PHONE_FETCH_REFUSED;
	case ETIMEDOUT: return PHONE_FETCH_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EADDRNOTAVAIL: return PHONE_FETCH_UNREACHABLE;
	default: return PHONE_FETCH_PROTOCOL_ERROR;
	}
}
