# Critical values, adjusted p values and letters for tests/golden/ranking.json.
# R 4.2.2, mvtnorm 1.1-3, multcompView 0.1-8:  Rscript ranking.R
library(mvtnorm)
library(multcompView)

critical <- function(se, level) {
  pairs <- combn(length(se), 2)
  contrasts <- matrix(0, ncol(pairs), length(se))
  contrasts[cbind(seq_len(ncol(pairs)), pairs[1, ])] <- 1
  contrasts[cbind(seq_len(ncol(pairs)), pairs[2, ])] <- -1
  corr <- cov2cor(contrasts %*% diag(se^2) %*% t(contrasts))
  accuracy <- GenzBretz(maxpts = 2e6, abseps = 1e-6)
  qmvnorm(level, tail = "both.tails", corr = corr, algorithm = accuracy)$quantile
}

set.seed(1)
print(critical(c(0.5, 1, 3), 0.95), digits = 8)
print(critical(c(0.8, 1, 1.5, 2.5), 0.95), digits = 8)
print(critical(c(0.7, 0.9, 1.2, 1.6, 2.2, 3), 0.95), digits = 8)
print(critical(c(0.5, 1, 3), 0.9), digits = 8)

told_apart <- function(estimate, se, threshold) {
  pairs <- combn(names(estimate), 2)
  z <- (estimate[pairs[1, ]] - estimate[pairs[2, ]]) / sqrt(se[pairs[1, ]]^2 + se[pairs[2, ]]^2)
  setNames(threshold(2 * pnorm(-abs(z))), paste(pairs[1, ], pairs[2, ], sep = "-"))
}

estimate <- c(A = 82.1, B = 80.4, C = 79.9, D = 76.2, E = 75.8, F = 70.3, G = 70.1)
se <- c(A = 1.1, B = 0.6, C = 1.9, D = 0.7, E = 1.2, F = 2.4, G = 0.8)
for (method in c("none", "bonferroni", "holm", "hochberg", "BH", "BY")) {
  p <- told_apart(estimate, se, function(p) p.adjust(p, method))
  cat(method, format(p, digits = 15), "\n", multcompLetters(p < 0.05)$Letters, "\n")
}

set.seed(3)
for (k in 1:40) {
  g <- sample(3:9, 1)
  estimate <- setNames(sort(rnorm(g, 0, 2.2), decreasing = TRUE), sprintf("g%d", 1:g))
  se <- setNames(runif(g, 0.3, 1.8), names(estimate))
  different <- told_apart(estimate, se, function(p) p < 0.05)
  cat(as.integer(different), multcompLetters(different)$Letters[names(estimate)], "\n")
}
