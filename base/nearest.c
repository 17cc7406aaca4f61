#include "base/nearest.h"

#include <string.h>

#define FAR 3

size_t nearest_distance(const char *a, const char *b, size_t limit)
{
	size_t row[64], la = strlen(a), lb = strlen(b);

	if (lb >= sizeof(row) / sizeof(row[0]) || la > lb + limit || lb > la + limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);
			size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			corner = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[lb] > limit ? limit + 1 : row[lb];
}

struct nearest nearest_to(const char *word)
{
	size_t limit = (strlen(word) + 2) / 3;

	return (struct nearest){.word = word, .least = (limit < FAR ? limit : FAR) + 1};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t distance = nearest_distance(nearest->word, candidate, nearest->least);

	if (distance >= nearest->least)
		return;
	nearest->least = distance;
	nearest->best = candidate;
}

const char *nearest_of(const char *word, const char *const *names)
{
	struct nearest nearest = nearest_to(word);

	for (; *names; names++)
		nearest_offer(&nearest, *names);
	return nearest.best;
}
