/* The names that files of a stack contain. They are written into YAML and into a shell script, and become names of objects of an
 * engine: so only names that are legal there are accepted. */
#include "phonelab/stack/stack.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define NAME_MOST  32 /* of a service, with the name of the stack: services.c */
#define IMAGE_MOST 255

/* A label of RFC 1123; with letter, of RFC 1035: as the names of services of Kubernetes, it begins with a letter. */
static bool is_label(const char *name, size_t most, bool letter)
{
	size_t length = strlen(name);

	if (!length || length > most || name[0] == '-' || name[length - 1] == '-' ||
	    (letter && isdigit((unsigned char)name[0])))
		return false;
	for (const char *p = name; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return true;
}

/* NAME[:TAG][@DIGEST] or the id sha256:..., with a host and a port before. */
static bool is_image(const char *image)
{
	if (!isalnum((unsigned char)image[0]) || strlen(image) > IMAGE_MOST)
		return false;
	for (const char *p = image; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-/:@", *p))
			return false;
	return true;
}

int stack_check_names(const struct stack *stack, bool kubernetes, struct fail *fail)
{
	const struct topology *topology = stack->topology;

	if (!is_label(stack->name, NAME_MOST, false))
		return fail_set(
		    fail, -EINVAL,
		    "found the name \"%.80s\", expected 1 to %d lower-case letters, digits and inner "
		    "hyphens (RFC 1123); give another one with --name",
		    stack->name, NAME_MOST);
	if (stack->image && !is_image(stack->image))
		return fail_set(fail, -EINVAL,
				"found the image \"%.80s\", expected a reference such as "
				"registry.example/phonelab:1.0 or sha256:...",
				stack->image);
	for (size_t i = 0; i < topology->closets.n; i++) {
		const char *closet = topology->closets.items[i].name;

		/* The name of its service. In a swarm, all services have a suffix. */
		if (kubernetes ? !is_label(closet, 63, true) : closet[strlen(closet) - 1] == '-')
			return fail_set(
			    fail, -EINVAL, "found the closet \"%s\", expected %s; rename the closet", closet,
			    kubernetes ? "lower-case letters, digits and inner hyphens, a letter "
					 "first (RFC 1035): its service has this name"
				       : "a letter or digit at its end: a label of nodes has this "
					 "name");
	}
	return 0;
}
