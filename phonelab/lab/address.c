#include "phonelab/lab/address.h"

#include <stdio.h>
#include <unistd.h>

void lab_address(const char *lab, char text[100])
{
	snprintf(text, 100, "phonelab/%u/%s", (unsigned)getuid(), lab);
}
