#ifndef CUCM_MODEL_H
#define CUCM_MODEL_H

/* A phone model in the call manager. */
struct cucm_model {
	const char *name;     /* "7841" */
	unsigned id;	      /* enumeration of the device table: loadInformationN, model in the Contact */
	const char *family;   /* prefix of its loads' names: "sip78xx" */
	const char *platform; /* in the names of its images: "78xx" */
	const char *jar;      /* its dictionary in a user locale's folder */
};

/* The model of that name, or NULL. */
const struct cucm_model *cucm_model_find(const char *name);

/* All models, in ascending order; the last has a NULL name. */
const struct cucm_model *cucm_models(void);

#endif
