#include "tests/support/secure_lab.h"

#include <stdio.h>
#include <string.h>

#define BEGINS 1700000000 /* the clock of the memory lab stands in between */
#define ENDS   1900000000

static struct phonexml_config config;

static const struct lab_signer *once(struct lab_signer **made, const char *name, bool ec,
				     const struct lab_signer *issuer)
{
	if (!*made)
		*made = lab_certificate_new(name, ec, BEGINS, ENDS, issuer);
	return *made;
}

#define CERTIFICATE(function, name, ec, issuer)                                                              \
	const struct lab_signer *function(void)                                                              \
	{                                                                                                    \
		static struct lab_signer *made;                                                              \
                                                                                                             \
		return once(&made, name, ec, issuer);                                                        \
	}

CERTIFICATE(cluster_manager, "cucm-pub", false, NULL)
CERTIFICATE(cluster_capf, "CAPF-1e55d2d1", true, NULL)
CERTIFICATE(cluster_https, "cucm-tftp-EC", true, NULL)
CERTIFICATE(cluster_renewed, "cm-renewed", true, NULL)
CERTIFICATE(cluster_renewed_signer, "ITLRECOVERY_new", false, NULL)
CERTIFICATE(cluster_maker, "Cisco Manufacturing CA SHA2", false, NULL)
CERTIFICATE(cluster_mic, "CP-7841-SEP0A0000000001", true, cluster_maker())
CERTIFICATE(cluster_rsa_lsc, "SEP0A0000000001", false, cluster_capf())

static const struct lab_signer *recovery(void)
{
	static struct lab_signer *made;

	return once(&made, "ITLRECOVERY_cucm-pub", false, NULL);
}

static const struct lab_signer *tvs(void)
{
	static struct lab_signer *made;

	return once(&made, "cucm-pub-TVS", true, NULL);
}

void secure_put_lists(struct memory_lab *lab, const struct lab_signer *also, enum trustlist_role role,
		      bool ec)
{
	const struct lab_record records[] = {{recovery(), TRUSTLIST_SAST},
					     {cluster_manager(), TRUSTLIST_CCM_TFTP},
					     {lab_signer_of_files(), TRUSTLIST_TFTP},
					     {cluster_capf(), TRUSTLIST_CAPF},
					     {tvs(), TRUSTLIST_TVS},
					     {also, role}};
	const struct lab_record ctl[] = {records[0], records[1], records[3], records[5]};

	memory_lab_put_records(lab, "CTLSEP0A0000000001.tlv", recovery(), ctl, also ? 4 : 3, ec);
	memory_lab_put_records(lab, "ITLFile.tlv", recovery(), records, also ? 6 : 5, ec);
}

void secure_put_rollback(struct memory_lab *lab)
{
	const struct lab_record records[] = {{recovery(), TRUSTLIST_SAST}, {cluster_capf(), TRUSTLIST_CAPF}};

	memory_lab_put_records(lab, "ITLFile.tlv", recovery(), records, 2, false);
}

struct phonexml_config *secure_config(void)
{
	return &config;
}

void secure_put_config(struct memory_lab *lab)
{
	memory_lab_put_config(lab, 0, &config);
}

struct memory_lab *secure_lab_of(enum phonexml_security_mode mode, const char *capf_string)
{
	const struct lab_config of = {.phones = 1, .seed = 11, .capf_string = capf_string};
	struct memory_lab *lab = memory_lab_new(&of);

	secure_put_lists(lab, NULL, TRUSTLIST_SAST, false);
	memory_lab_install(lab, 0, cluster_mic(), false);
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = cluster_manager();
	lab->tls_tvs.certificate = tvs();
	lab->tls_capf[0].certificate = cluster_capf();
	lab->capf.issuer = cluster_capf();
	lab->capf.maker = cluster_maker();
	memory_lab_config_of(lab, 0, &config);
	config.security_mode = mode;
	config.transport = mode == PHONEXML_SECURITY_NONE ? PHONEXML_TCP : PHONEXML_TLS;
	config.tvs_members = 1;
	config.tvs[0] = (struct phonexml_tvs){.port = 2445};
	snprintf(config.tvs[0].address, sizeof(config.tvs[0].address), "10.20.0.11");
	config.capfs = 1;
	config.capf[0] = (struct phonexml_capf){.port = 3804};
	snprintf(config.capf[0].node, sizeof(config.capf[0].node), "capf.lab");
	secure_put_config(lab);
	return lab;
}

struct memory_lab *secure_lab(enum phonexml_security_mode mode)
{
	return secure_lab_of(mode, NULL);
}
