#include "phonelab/lab/nic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/control.h"
#include "phonelab/lab/self.h"

#define ATTACH_MS 10000

enum exit_status lab_nic_open(int descriptor[NIC_DESCRIPTORS], const char *name, bool agreed,
			      const char *consent, const char *again, struct fail *fail)
{
	char bin[200];
	int err = nic_open(descriptor, name, agreed, fail);

	if (!err)
		return EXIT_AS_ASKED;
	if (err == -EADDRINUSE)
		fail_set(fail, err, "%s; %s if that is what you want", fail->text, consent);
	if (err != -EPERM)
		return EXIT_USAGE;
	self_folder(bin, sizeof(bin));
	fail_set(fail, err,
		 "%s; run it as root:\n  sudo %s/phonelab %s\nor permit it to this program, once:\n"
		 "  sudo setcap cap_net_raw=ep %s/phonelab",
		 fail->text, bin, again, bin);
	return EXIT_UNFIT;
}

int lab_nic_attach(const char *socket, const char *port, const char *name,
		   const int descriptor[NIC_DESCRIPTORS], struct fail *fail)
{
	json_t *request = json_pack("{s:s,s:s,s:s}", "do", "nic attach", "port", port, "nic", name);
	json_t *reply =
	    control_call_with(socket, request, descriptor, NIC_DESCRIPTORS, ATTACH_MS, NULL, fail);
	int err = reply ? 0 : fail->err ? fail->err : -EIO;

	json_decref(request);
	json_decref(reply);
	return err;
}
