# Curves fitted to bins by mgcv (P-splines), segmented (kinks) and isoreg.
# Rscript curve.R ../curve.json
# Needs mgcv, segmented, jsonlite. The bins are made up by formulas, without random numbers.

library(mgcv)
library(segmented)
library(jsonlite)

bins <- function(curve) {
  x <- 0:100
  count <- round(400 * dbeta((x + 0.5) / 101, 5, 2.2) / 9)
  count[x < 8] <- 0
  ripple <- sin(1.7 * x) + cos(0.9 * x + x^2 / 70)
  variance <- 225 / pmax(count, 1)
  list(x = x, count = count, variance = variance, mean = curve(x) + ripple * sqrt(variance))
}

truths <- list(
  bent = function(x) 20 + 0.9 * pmin(x, 55) + 0.1 * (pmin(pmax(x, 55), 75) - 55) + 1.6 * pmax(x - 75, 0),
  convex = function(x) 10 + x^2 / 130,
  line = function(x) 15 + 0.7 * x,
  power = function(x) 5 + 80 * (x / 100)^2.3,
  logistic = function(x) 12 + 70 / (1 + exp(-(x - 58) / 8))
)

T <- seq(0, 100, 2)
posterior <- function(x) {
  joint <- outer(x, T, function(w, t) dnorm(w, t, 7) * dbeta((t + 1) / 102, 4, 2))
  joint / rowSums(joint)
}

smooth <- function(b, points, weights, low, high) {
  knots <- list(points = low + (high - low) / 20 * (-3:23))
  d <- list(y = b$mean, points = points, weights = weights, v = 1 / b$variance)
  fit <- gam(y ~ s(points, by = weights, bs = "ps", m = c(2, 2), k = 23),
    data = d, weights = v, knots = knots, method = "REML", scale = 1,
    control = gam.control(scalePenalty = FALSE, epsilon = 1e-12,
      newton = list(conv.tol = 1e-12, maxNstep = 5, maxSstep = 2, maxHalf = 30, use.svd = FALSE)))
  at <- seq(20, 95, 5)
  design <- function(t) {
    new <- list(points = matrix(t, length(t), ncol(points)), weights = matrix(0, length(t), ncol(points)))
    new$weights[, 1] <- 1
    X <- predict(fit, new, type = "lpmatrix")
    X
  }
  F <- design(at)
  G <- (design(at + 1e-3) - design(at - 1e-3)) / 2e-3
  se <- function(F) sqrt(rowSums((F %*% fit$Vp) * F))
  set.seed(1)
  draws <- rmvn(200000, rep(0, length(coef(fit))), fit$Vp)
  inside <- seq(20, 95, 1)
  critical <- function(F) {
    root <- draws %*% t(F / se(F))
    unname(quantile(apply(abs(root), 1, max), 0.95))
  }
  Fi <- design(inside)
  Gi <- (design(inside + 1e-3) - design(inside - 1e-3)) / 2e-3
  list(low = low, high = high, at = at, smoothing = unname(fit$sp), edf = sum(fit$edf),
    value = drop(F %*% coef(fit)), se = se(F), slope = drop(G %*% coef(fit)), slope_se = se(G),
    critical = critical(Fi), slope_critical = critical(Gi))
}

raw <- function(b) {
  b <- lapply(b, function(v) v[b$count > 0])
  smooth(b, matrix(b$x), matrix(1, length(b$x), 1), 8, 100)
}

calibrated <- function(b) {
  b <- lapply(b, function(v) v[b$count > 0])
  P <- posterior(b$x)
  smooth(b, matrix(T, nrow(P), length(T), byrow = TRUE), P, 0, 100)
}

kinked <- function(b, psi) {
  d <- as.data.frame(lapply(b, function(v) v[b$count > 0]))
  d$v <- 1 / d$variance
  line <- lm(mean ~ x, d, weights = v)
  fit <- segmented(line, ~x, psi = psi,
    control = seg.control(n.boot = 100, seed = 1, tol = 1e-14, it.max = 500))
  list(psi = unname(fit$psi[, "Est."]), psi_se = unname(fit$psi[, "St.Err"]),
    slopes = unname(slope(fit, digits = 15)$x[, 1]), slopes_se = unname(slope(fit, digits = 15)$x[, 2]),
    intercept = unname(coef(fit)[1]), rss = sum(d$v * residuals(fit)^2),
    sigma = summary(fit)$sigma)
}

davies <- function(b, values) {
  d <- as.data.frame(lapply(b, function(v) v[b$count > 0]))
  d$v <- 1 / d$variance
  line <- glm(mean ~ x, data = d, weights = v)
  test <- davies.test(line, ~x, values = values, k = length(values))
  sigma <- sapply(values, function(c) sqrt(summary(glm(mean ~ x + pmax(x - c, 0), data = d, weights = v))$dispersion))
  list(values = values, statistics = unname(test$process[, 2]), p = unname(test$p.value), sigma = sigma)
}

isotonic <- function(b) {
  rows <- rep(b$x, b$count)
  fit <- isoreg(rows, rep(b$mean, b$count))
  list(x = unique(rows), value = tapply(fit$yf, rows, mean))
}

data <- lapply(truths, bins)
oracle <- sprintf("R %s (isoreg); mgcv %s; segmented %s; 13 digits", getRversion(), packageVersion("mgcv"),
  packageVersion("segmented"))
out <- list(
  study = "bins of the 0-100 score made up by formulas: counts of a beta distribution, five curves",
  oracle = oracle,
  licence = "figures only: numbers that GPL-licensed packages computed, none of their code",
  script = "scripts/curve.R",
  bins = data,
  T = T,
  raw = lapply(data[c("bent", "convex", "line")], raw),
  calibrated = lapply(data[c("bent", "convex", "line")], calibrated),
  one_kink = lapply(data[c("bent", "convex")], kinked, psi = 60),
  two_kinks = lapply(data["bent"], kinked, psi = c(50, 70)),
  davies = lapply(data[c("convex", "line")], davies, values = seq(25, 90, 5)),
  isotonic = lapply(data[c("bent", "line")], isotonic)
)
write_json(out, commandArgs(TRUE)[1], digits = I(13), auto_unbox = TRUE)
